"""What an analyst has done is not proposed again."""

from models.rootcause.cause import Proposal
from models.rootcause.ledger.state import LedgerCause, LedgerState
from service.rootcauses.finding import _is_done


def state_of(**merged_into: str | None) -> LedgerState:
    causes = {
        key: LedgerCause(id=key, name=key, born_month="2024-01", merged_into=into)
        for key, into in merged_into.items()
    }
    return LedgerState(seq=3, causes=causes)


def test_a_merge_that_was_made_is_not_proposed_again() -> None:
    assert _is_done(Proposal("merge", ("a", "b")), state_of(a=None, b="a"))
    assert not _is_done(Proposal("merge", ("a", "b")), state_of(a=None, b=None))
    assert not _is_done(Proposal("merge", ("a", "b", "c")), state_of(a=None, b=None, c=None))
    assert not _is_done(Proposal("lineage", ("a",), ("b",)), state_of(a=None, b="a"))
