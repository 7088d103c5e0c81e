"""The table as it is read: a line a row."""

from measured import Measured, said

HEAD = (
    f"{'':<9} {'throughput, ours':>22}  {'ratio':>7} {'[low, high]':<16} {'peer':<42} "
    f"{'growth':<24} {'peak MB':>8}  bars\n{'-' * 150}"
)


def line(name: str, row: Measured | str) -> str:
    """Write one row; where ours and the peer disagree, that and no figure."""
    if isinstance(row, str):
        return f"{name:<9} NO SPEED: {row}"
    middle, low, high = row.ratio
    grows = f"{row.growth.of}^{row.growth.exponent:.2f}"
    return (
        f"{name:<9} {f'{said(row.throughput)} {row.counted}/s':>22}  {said(middle):>7} {f'[{said(low)}, {said(high)}]':<16} "
        f"{row.peer:<42} {grows:<24} {row.peak_mb:>8,.0f}  {'; '.join(map(str, row.bars))}"
    )
