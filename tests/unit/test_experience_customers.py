"""A customer over channels: repeats, hops, hand-overs, resolution and who leaves though satisfied."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.experience.customers import Contact, group_by_customer, read_course, read_courses
from models.experience.customers_tally import CustomersTally

START = datetime(2024, 3, 1, 9, tzinfo=UTC)
LATER = START + timedelta(days=200)


def contact(name: str, day: float, **known: Any) -> Contact:
    known.setdefault("customer", "k1")
    categories = frozenset(known.pop("categories", ()))
    return Contact(name, occurred_at=START + timedelta(days=day), categories=categories, **known)


def told(*steps: tuple[str, float], churn: str | None = None, kinds: tuple[str, ...] = ()) -> dict[str, Any]:
    marks = [{"kind": "churn", "value": churn, "span": [3, 7], "turn": 0}] if churn else []
    return {
        "marks": marks,
        "measures": {
            "journey": {"steps": [{"step": step, "polarity": polarity} for step, polarity in steps]},
            "effort": {"score": 0.3, "kinds": dict.fromkeys(kinds, 1)},
        },
    }


def test_a_contact_for_the_same_category_or_step_is_a_repeat() -> None:
    course = read_course(
        [
            contact("a", 0, categories={"delivery"}),
            contact("b", 3, categories={"price"}),
            contact("c", 5, categories={"delivery"}),
            contact("d", 20, experience=told(("transit", -0.8))),
            contact("e", 26, experience=told(("transit", -0.5), ("payment", 0.0))),
        ],
        until=LATER,
    )
    assert [(r.contact, r.of, r.days, r.matters) for r in course.repeats] == [
        ("c", "a", 5.0, ("category:delivery",)),
        ("e", "d", 6.0, ("step:transit",)),
    ]
    assert [e.contacts for e in course.episodes] == [("a", "c"), ("b",), ("d", "e")]


def test_after_thirty_days_a_matter_is_a_new_one() -> None:
    course = read_course([contact("a", 0, categories={"x"}), contact("b", 31, categories={"x"})], until=LATER)
    assert course.repeats == ()
    assert [e.resolved_at_first for e in course.episodes] == [True, True]


def test_steps_that_do_not_hurt_link_no_contacts_that_hurt_elsewhere() -> None:
    first = contact("a", 0, experience=told(("order", 0.0), ("transit", -0.8)))
    other = contact("b", 1, experience=told(("order", 0.0), ("payment", -0.8)))
    assert read_course([first, other]).repeats == ()


@pytest.mark.parametrize(
    ("until", "kinds", "expected"),
    [(LATER, (), True), (START + timedelta(days=10), (), None), (LATER, ("repeat",), False)],
)
def test_resolution_at_the_first_contact_needs_time_and_no_word_of_an_earlier_one(
    until: datetime, kinds: tuple[str, ...], expected: bool | None
) -> None:
    course = read_course([contact("a", 0, categories={"x"}, experience=told(kinds=kinds))], until=until)
    assert course.episodes[0].resolved_at_first is expected


def test_channels_and_agents_change_between_contacts() -> None:
    course = read_course(
        [
            contact("a", 0, channel="app", agent="w1", categories={"x"}),
            contact("b", 1, channel="phone", agent="w2", categories={"x"}),
            contact("c", 2, channel="phone", agent="w3", categories={"y"}),
            contact("d", 40, channel="shop", agent="w3", categories={"y"}),
        ]
    )
    assert [(h.of, h.contact, h.before, h.after, h.repeat) for h in course.hops] == [
        ("a", "b", "app", "phone", True)
    ]
    assert [(h.of, h.contact, h.before, h.after) for h in course.hand_overs] == [("a", "b", "w1", "w2")]
    assert course.episodes[0].channels == ("app", "phone")


@pytest.mark.parametrize(
    ("earlier", "own", "polarity", "by"),
    [
        (None, None, 0.6, "polarity"),
        (None, 9.0, -0.5, "score"),
        (9.0, None, -0.5, "earlier_score"),
        (None, 4.0, 0.9, None),
        (None, None, -0.2, None),
    ],
)
def test_who_is_satisfied_and_speaks_of_leaving_is_listed(
    earlier: float | None, own: float | None, polarity: float, by: str | None
) -> None:
    leaving = read_course(
        [
            contact("a", 0, score=earlier),
            contact("b", 10, score=own, polarity=polarity, experience=told(churn="competition")),
        ]
    ).leaving
    assert [(x.contact, x.reason, x.span, x.by) for x in leaving] == (
        [("b", "competition", (3, 7), by)] if by else []
    )


def test_the_timeline_has_a_row_per_contact() -> None:
    rows = read_course(
        [contact("a", 0, categories={"x"}), contact("b", 2, categories={"x"}, experience=told(churn="price"))]
    ).timeline()
    assert [(row["id"], row["repeat_of"], row["churn"]) for row in rows] == [
        ("a", None, None),
        ("b", "a", "price"),
    ]


def test_times_that_go_back_and_no_contacts_are_refused() -> None:
    with pytest.raises(ValueError, match="order of time"):
        read_course([contact("a", 2), contact("b", 1)])
    with pytest.raises(ValueError, match="needs a contact"):
        read_course([])


def test_a_tally_counts_shares_among_what_was_observed_long_enough() -> None:
    until = START + timedelta(days=40)
    tally = CustomersTally(until)
    contacts = [
        contact("a", 0, categories={"x"}),
        contact("b", 5, categories={"x"}),
        contact("c", 38, categories={"x"}, customer="k2"),
    ]
    for course in read_courses(group_by_customer(contacts), until=until):
        tally.add(course)
    plain = tally.to_dict()
    assert (tally.customers, tally.contacts, tally.several) == (2, 3, 1)
    assert (tally.watched, tally.followed) == ({7: 2, 30: 2}, {7: 1, 30: 1})
    assert plain["repeat_share"]["7"]["share"] == 0.5
    assert (tally.episodes, tally.judged, plain["first_contact_resolution"]["share"]) == (2, 1, 0.0)
    assert plain["repeated_matters"] == [{"matter": "category:x", "n": 1}]


def test_tallies_of_parts_make_the_whole() -> None:
    seeded = random.Random(3)
    contacts = [
        contact(
            f"c{i}",
            seeded.randrange(60),
            customer=f"k{seeded.randrange(12)}",
            channel=seeded.choice(["app", "phone"]),
            agent=seeded.choice(["w1", "w2", None]),
            polarity=seeded.uniform(-1, 1),
            categories=set(seeded.sample(["x", "y", "z"], 1)),
            experience=told(churn=seeded.choice([None, "price"])),
        )
        for i in range(80)
    ]
    courses = list(read_courses(group_by_customer(contacts), until=LATER))
    whole, left, right = CustomersTally(LATER), CustomersTally(LATER), CustomersTally(LATER)
    for number, course in enumerate(courses):
        whole.add(course)
        (left if number % 2 else right).add(course)
    left.merge(right)
    assert left.to_dict() == whole.to_dict()
    assert whole.contacts == 80 and whole.n_leaving > 0
    with pytest.raises(ValueError, match="different times"):
        left.merge(CustomersTally(START))


def test_nobody_gives_no_share() -> None:
    assert CustomersTally(LATER).to_dict()["first_contact_resolution"]["share"] is None


def test_contacts_without_a_matter_stand_alone_however_many() -> None:
    course = read_course([contact(f"c{i}", i / 100) for i in range(3000)])
    assert len(course.episodes) == 3000 and course.repeats == ()
