"""Each kind of rule in random sites: the oracle, the plain definitions and the engine in any order say the same.

COLDCHAIN_EXAMPLES=20000 makes a long run of it.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rules.read_rule  # noqa: F401 - loads the kinds
from rules import batch_judge
from rules.kinds.base import KINDS
from tests.oracle import brute, sites
from tests.oracle.product import to_site
from tests.oracle.sites import Case, cases, without_conflicts
from tests.rules.test_judge_by_property import _assert_same, _corrected, _last
from tests.thrift import examples

_thorough = settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
every_kind = pytest.mark.parametrize("kind", KINDS.names())


def test_random_sites_have_rules_of_every_kind() -> None:
    assert sorted(sites.KINDS) == KINDS.names()


@every_kind
def test_the_oracle_the_plain_definition_and_the_engine_in_any_order_say_the_same_of_a_kind(kind: str) -> None:
    @_thorough
    @given(cases(kind), st.data())
    def check(case: Case, data: st.DataObject) -> None:
        site, until = to_site(case.site), _last(case.rows, case.until)
        said = batch_judge.judge(site, case.rows, case.until)
        _assert_same(said, brute.judge(case.site, case.rows, case.until))
        rows = without_conflicts(case.rows)
        live = _corrected(case, rows, until, data)
        _assert_same(live.report(until), batch_judge.judge(site, rows, until, explained=True))

    check()
