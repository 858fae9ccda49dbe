"""Attached to a running network: what comes is put in the journal, folded, judged and committed, again and again."""
