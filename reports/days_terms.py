"""The English words of days reconciled, by code; part of `reports.terms`."""

from __future__ import annotations

#: Columns, titles and lines of `parkflow reconcile --by`.
DAYS_TERMS: dict[str, str] = {
    "days-measured": "Days read",
    "largest-normalized": "Largest adj. / sigma",
    "on-day": "On",
    "chi-square": "Chi-square",
    "freedom": "Degrees of freedom",
    "p-value": "p",
    "level-begin": "At the begin",
    "level-end": "At the end",
    "levels-read": "Levels read",
    "first-day": "First day",
    "last-day": "Last day",
    "bias": "Bias",
    "bias-statistic": "Statistic",
    "series-day-title": "{period}: each day by itself, sums over {days} days",
    "series-time-title": "{period}: all days together, sums over {days} days",
    "series-filtered-title": (
        "{period}: all days together, each as known on it; sums over {days} days"
    ),
    "series-failed-title": "Days that fail their test (5 %)",
    "series-stocks-title": "Levels of stocks",
    "series-spans-title": "Readings over several days",
    "series-biases-title": "Devices with a bias, per declared sigma",
    "series-biases-none": "No device shows more bias than was declared ({count} devices)",
    "series-bounds-line": "Held at a bound: {flow}; days: {count}",
    "series-nothing-failed": "No tested day fails its test ({tested} of {days} days are tested)",
    "stock-waiting": "{process}: waiting to be hauled",
    "series-one-title": "{flow}, {unit}, day by day",
}
