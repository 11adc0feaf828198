"""Time and memory of root causes as Markdown and as a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WIDTH, _HEIGHT, _MARGIN, _GAP = 300, 200, 46, 40


def to_markdown(figures: Mapping[str, Any]) -> str:
    """Growth, then parts."""
    about, wanted = figures["about"], figures["wanted"]
    head = ["clauses", "of", "voices", "vectors cached", "causes", "seconds", "processor seconds", "peak MiB"]
    head += ["of these before the call"]
    lines = [
        "# Root causes: time and memory",
        "",
        f"Commit {about['commit']}, {about['machine']}, Python {about['python']}, {about['date'][:10]}. A process "
        "each, one thread. Seconds by the clock on a machine that other work shares; processor seconds beside them. "
        f"Wanted: 100,000 clauses within {wanted['seconds']:.0f} s and {wanted['mib']:,.0f} MiB.",
        "",
        _row(head),
        _row(["---"] * len(head)),
    ]
    lines += [_growth(row) for row in figures["growth"]]
    if "part" in figures:
        lines += ["", *_parts(figures["part"])]
    return "\n".join(lines) + "\n"


def _growth(row: Mapping[str, Any]) -> str:
    return _row(
        [
            f"{row['n_units']:,}",
            row["shape"],
            f"{row['n_voices']:,}",
            "yes" if row["cached"] else "no",
            str(row["n_causes"]),
            f"{row['seconds']:.0f}",
            f"{row['cpu_seconds']:.0f}",
            f"{row['peak_mib']:,}",
            f"{row['before_mib']:,}",
        ]
    )


def _parts(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    first = next(iter(parts.values()))
    head = [
        "sought in",
        "causes",
        "seconds",
        "peak MiB",
        "AMI with all, units both assigned",
        "AMI, all units",
    ]
    lines = [
        f"Causes sought in a part of the voices ({first['n_units']:,} clauses of {first['n_voices']:,} voices), the "
        "others assigned to what was found; adjusted mutual information with seeking in all:",
        "",
        _row(head),
        _row(["---"] * len(head)),
    ]
    for name, row in parts.items():
        cells = [name, str(row["n_causes"]), f"{row['seconds']:.0f}", f"{row['peak_mib']:,}"]
        lines.append(_row([*cells, f"{row['ami_assigned']:.3f}", f"{row['ami_all']:.3f}"]))
    return lines


def to_svg(figures: Mapping[str, Any]) -> str:
    """Seconds and peak memory over the number of clauses: two panels, with and without cached vectors."""
    rows = [row for row in figures["growth"] if row["shape"] == figures["growth"][0]["shape"]]
    wanted = figures["wanted"]
    panels = [
        _panel(rows, "seconds", "seconds", wanted["seconds"], 0),
        _panel(rows, "peak_mib", "peak MiB", wanted["mib"], _WIDTH + _GAP),
    ]
    width, height = 2 * _WIDTH + _GAP, _HEIGHT + 24
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            'font-size="10" role="img" aria-label="Seconds and peak memory by number of clauses">',
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *panels,
            "</svg>\n",
        ]
    )


def _panel(rows: Sequence[Mapping[str, Any]], key: str, title: str, wanted: float, left: float) -> str:
    most_x = max(row["n_units"] for row in rows)
    most_y = 1.1 * max(wanted, *(row[key] for row in rows))

    def place(x: float, y: float) -> tuple[float, float]:
        across = left + _MARGIN + x / most_x * (_WIDTH - _MARGIN - 10)
        return across, 20 + (1 - y / most_y) * (_HEIGHT - 40)

    x0, y0 = place(0, 0)
    x1, y_wanted = place(most_x, wanted)
    parts = [
        f'<text x="{x0}" y="12" font-weight="bold">{title}</text>',
        f'<path d="M{x0:.1f} 20V{y0:.1f}H{x1:.1f}" fill="none" stroke="#555"/>',
        f'<path d="M{x0:.1f} {y_wanted:.1f}H{x1:.1f}" stroke="#b00" stroke-dasharray="4 3"/>',
        f'<text x="{x0 - 4:.1f}" y="{y_wanted + 3:.1f}" text-anchor="end" fill="#b00">{wanted:,.0f}</text>',
    ]
    for n in sorted({row["n_units"] for row in rows}):
        at, _ = place(n, 0)
        parts.append(f'<text x="{at:.1f}" y="{y0 + 13:.1f}" text-anchor="middle">{n // 1000}k</text>')
    for cached, colour, label in ((False, "#1f5fa8", "no vector cached"), (True, "#2a8a4a", "all cached")):
        points = [place(row["n_units"], row[key]) for row in rows if row["cached"] is cached]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in points]
        parts.append(
            f'<text x="{x0 + (0 if not cached else 100):.1f}" y="{_HEIGHT + 18}" fill="{colour}">{label}</text>'
        )
    return "\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
