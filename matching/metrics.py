"""What operators may want to watch of matching, with labels that cannot grow."""

from prometheus_client import Counter, Histogram

PAIR_SCORES = Counter(
    "alliv_pair_scores_total", "Scores of single pairs, by where they came from: hit, miss, wait (for another request), down.", ["outcome"]
)
SEARCH_SECONDS = Histogram(
    "alliv_search_seconds", "Time of one exact search over everybody.", buckets=[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5]
)
