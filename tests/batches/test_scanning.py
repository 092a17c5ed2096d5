"""What a label tells beside the unit."""

import pytest

from batches.orders import Scan
from batches.scanning import expiry_on_label, read_scan
from domain.errors import InvalidError
from domain.model import UnitKey

LABEL = "(01)09506000134352(17){}(10)A1"


@pytest.mark.parametrize(
    ("told", "date"), [("270630", "2027-06-30"), ("280200", "2028-02-29"), ("271200", "2027-12-31")]
)
def test_a_label_tells_the_expiry(told, date):
    assert expiry_on_label(LABEL.format(told)) == date


@pytest.mark.parametrize("text", ["VAX A1 PALLET-7", "(01)09506000134352(10)A1", "09506000134352"])
def test_some_tell_none(text):
    assert expiry_on_label(text) is None


@pytest.mark.parametrize("told", ["270230", "271301", "27063X"])
def test_a_date_that_cannot_be_is_refused(told):
    with pytest.raises(InvalidError, match=f"the label tells the expiry {told}, which is no date"):
        expiry_on_label(LABEL.format(told))


GTIN = "09506000134352"


def scan(text):
    serials = {("VAX", "SN7"): UnitKey("VAX", "A1", "PALLET-7"), ("VAX", "SN8"): UnitKey("VAX", "A2", None)}
    return read_scan(text, {GTIN: "VAX"}, lambda name: [], lambda *key: serials.get(key))


def test_a_serial_means_the_unit_that_it_is_in():
    assert scan(f"(01){GTIN}(21)SN7") == Scan("VAX", "A1", "PALLET-7")
    assert scan(f"(01){GTIN}(10)A2(21)SN8") == Scan("VAX", "A2", None)
    assert scan(f"(01){GTIN}(10)A1(21)OTHER") == Scan("VAX", "A1", "OTHER")


def test_a_label_whose_serial_is_of_another_lot_is_refused():
    with pytest.raises(InvalidError, match="serial SN7 is of lot A1; the label says A2"):
        scan(f"(01){GTIN}(10)A2(21)SN7")
