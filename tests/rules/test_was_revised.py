"""Growing is not being otherwise; anything else is."""

from domain.times import HOUR, MINUTE
from rules.alarms.was_revised import ReportedFiring, Statement, verdict_was_revised, was_revised

OPEN = Statement(0, None, 30.0, 12.0, 9_000_000, None)
FIRED = OPEN._replace(minutes=60.0, fired_at=HOUR)
ENDED = FIRED._replace(until=75 * MINUTE, minutes=75.0, peak=9_600_000)


def test_an_interval_that_fires_and_ends_in_its_time_was_never_otherwise():
    assert not was_revised([], OPEN)
    assert not was_revised([OPEN], FIRED)
    assert not was_revised([OPEN, FIRED], ENDED)


def test_an_end_a_little_before_what_was_said_to_go_on_is_only_on_its_way():
    going = FIRED._replace(minutes=80.0)
    assert not was_revised([going], ENDED)
    assert was_revised([going._replace(minutes=80.1)], ENDED)


def test_a_firing_long_before_what_was_said_not_to_have_fired_is_otherwise():
    assert was_revised([OPEN._replace(minutes=66.0)], FIRED)


def test_another_beginning_end_or_firing_is_otherwise():
    assert was_revised([ENDED._replace(since=-MINUTE)], ENDED)
    assert was_revised([ENDED._replace(until=70 * MINUTE)], ENDED)
    assert was_revised([ENDED._replace(fired_at=None)], ENDED)
    assert was_revised([FIRED._replace(fired_at=50 * MINUTE)], ENDED)


def test_other_numbers_of_what_had_ended_are_otherwise():
    assert was_revised([ENDED._replace(peak=9_500_000)], ENDED)


def test_what_had_ended_and_goes_on_is_otherwise():
    assert was_revised([ENDED], FIRED)


def test_a_hold_without_reason_was_otherwise_and_so_was_one_that_has_it_again():
    unfounded = ENDED._replace(founded=False)
    assert was_revised([ENDED], unfounded)
    assert was_revised([ENDED, unfounded], ENDED)


# --- verdicts ---


def fired(at, known_at, superseded_at=None, action="hold"):
    ends = None if superseded_at is None else superseded_at * MINUTE
    return ReportedFiring(at * MINUTE, action, known_at * MINUTE, ends)


def otherwise(*all_fired, since=0, until=500):
    return verdict_was_revised(all_fired, since * MINUTE, until * MINUTE)


def test_a_verdict_that_got_worse_when_its_rule_fired_was_never_otherwise():
    assert not otherwise()
    assert not otherwise(fired(10, 10))
    assert not otherwise(fired(10, 10, action="review"), fired(60, 64))


def test_a_verdict_that_should_have_been_worse_was_otherwise():
    assert not otherwise(fired(10, 15))
    assert otherwise(fired(10, 16))
    assert not otherwise(fired(10, 10), fired(20, 40))


def test_a_verdict_whose_reason_was_taken_back_was_otherwise():
    assert otherwise(fired(10, 10, 90))
    assert not otherwise(fired(10, 10, 90), fired(10, 90))
    assert not otherwise(fired(10, 10, 90, "review"), fired(9, 9))


def test_before_a_batch_was_known_nothing_was_said_of_it():
    assert not otherwise(fired(10, 90), since=90)
    assert otherwise(fired(10, 90), since=80)


def test_what_was_said_after_the_instant_in_question_does_not_count():
    assert not otherwise(fired(10, 10, 90), fired(10, 90, action="hold"), until=50)
    assert otherwise(fired(10, 90), until=50)
