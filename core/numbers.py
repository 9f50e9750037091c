"""Gap-free numbers (编号): taken inside the transaction of the fact, so a refused fact gives its number back."""

from core.models import NumberSequence


def next_number(series: str) -> int:
    """The next whole number (from 1) of a series; waits for anyone who is taking one in the same series.

    Must be called inside a transaction: the row stays locked until the fact is committed.
    """
    NumberSequence.objects.get_or_create(name=series)
    row = NumberSequence.objects.select_for_update().get(name=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
