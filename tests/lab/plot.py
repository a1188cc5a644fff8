"""Figures over time as an SVG, one strip below the other."""
from xml.sax.saxutils import escape

WIDTH, STRIP, LEFT, GAP = 900, 140, 90, 40


def strip(top, title, times, values):
    """A line through the values, from 0 to the most of them, and its frame."""
    most = max(values)
    span, length = most or 1, (times[-1] - times[0]) or 1
    points = " ".join(f"{LEFT + (WIDTH - LEFT - 10) * (t - times[0]) / length:.1f},"
                      f"{top + STRIP - STRIP * v / span:.1f}" for t, v in zip(times, values))
    return f"""<text x="{LEFT}" y="{top - 6}">{escape(title)}</text>
<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - 10}" height="{STRIP}" fill="none" stroke="#bbb"/>
<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.0f}</text>
<text x="{LEFT - 6}" y="{top + STRIP}" text-anchor="end">0</text>
<polyline points="{points}" fill="none" stroke="#06c"/>
"""


def svg(times, strips):
    """strips: (title, a value for each time)."""
    height = len(strips) * (STRIP + GAP) + GAP
    parts = [strip(GAP + at * (STRIP + GAP), title, times, values) for at, (title, values) in enumerate(strips)]
    parts.append(f'<text x="{WIDTH - 10}" y="{height - 10}" text-anchor="end">{(times[-1] - times[0]) / 60:.1f} minutes</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
            f'font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n{"".join(parts)}</svg>\n')
