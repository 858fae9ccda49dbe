"""The four workers of payer reports: generator, attestation, submitter, settlement."""
