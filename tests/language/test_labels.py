"""A label with its value on a line of its own is no beginning of a sentence; a wrapped line is."""

from __future__ import annotations

import pytest

from language.labels import stands_alone

pytestmark = pytest.mark.fast

ALONE = """
Effective date: 2026-04-01
Effective date: 1 April 2026
Date: Friday, 20 November 2026
Date: Fri. November 20, 2026
Effective from April 1, 2026
Version: 2.0
Document No.: SOP-001
Owner: Finance Department
Owner: Department of Finance
施行日 2026年4月1日
施行日：令和8年4月1日
制定　平成三十年四月一日
改訂日: 2026/04/01（水）
文書番号：RK-012
版数：第3版
所管：総務部
【施行日】2026年4月1日
施行日：2026年4月1日改正
生效日期：2026年4月1日
版本: V2.1
编制部门：人力资源部
"""
WRAPPED = """
This policy takes effect on 1 April 2026
Note: employees must submit the
備考：申請書は所属長の承認を
この規程は2026年4月1日
The plant was opened in May
Article 3
第3条 目的
Warning:
Effective date:
期限：申請日から10日以内に
品名: ポンプ | 単価: 148,000
Fees: 5, 6 and 7
See page: 4.
"""


@pytest.mark.parametrize("line", ALONE.strip().splitlines())
def test_a_label_with_its_value(line: str) -> None:
    assert stands_alone(line, "This policy applies to everybody.")


@pytest.mark.parametrize("line", WRAPPED.strip().splitlines())
def test_what_may_be_a_wrapped_line(line: str) -> None:
    assert not stands_alone(line, "This policy applies to everybody.")


def test_a_line_goes_on_where_the_next_one_begins_small() -> None:
    assert not stands_alone("Owner: Finance Department", "and Legal")


def test_a_long_line_is_none_and_costs_nothing() -> None:
    assert not stands_alone("A" * 1_000_000 + ": 2026-04-01", "")
