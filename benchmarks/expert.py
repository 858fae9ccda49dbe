"""What somebody who knows these logs types behind `rg -HNF -f NEEDLES *.log |`: how often what is said, and who said
what last. No state, no times, no order between nodes, and a literal within a payload counts as well.
"""

from __future__ import annotations

import sys
from collections import Counter

import orjson

counts: Counter[str] = Counter()
last = {}
for line in sys.stdin.buffer:
    node, _, said = line.partition(b":")
    try:
        found = orjson.loads(said)
    except orjson.JSONDecodeError:
        continue
    counts[found["message"]] += 1
    last[node] = found
print(len(last), sum(counts.values()), counts.most_common(5))
