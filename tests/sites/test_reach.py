"""What a channel may reach: nothing that is of this machine only."""

import pytest

from domain.errors import InvalidError
from sites.entries import entry
from sites.reach import refuse_anywhere

WEBHOOK = {"id": "erp", "kind": "webhook"}
APPRISE = {"id": "chat", "kind": "apprise"}


@pytest.mark.parametrize(
    "doc",
    [
        {**WEBHOOK, "url": "http://169.254.169.254/latest/meta-data"},
        {**WEBHOOK, "url": "http://[fe80::1]/"},
        {**WEBHOOK, "url": "http://[::ffff:169.254.169.254]/"},
        {**WEBHOOK, "url": "http://0xa9fea9fe/"},
        {**APPRISE, "url": "file:///etc/passwd"},
        {**APPRISE, "url": "syslog://localhost"},
        {**APPRISE, "url": "json://169.254.169.254/"},
        {**WEBHOOK, "url": "https://example.org/", "secret_file": "../../etc/shadow"},
        {**WEBHOOK, "url": "https://example.org/", "secret_file": "keys/../../x"},
        {**WEBHOOK, "url": "https://example.org/", "secret_file": "..\\x"},
    ],
)
def test_nobody_may_name_what_is_of_this_machine_only(doc):
    with pytest.raises(InvalidError):
        entry("channel", doc)


@pytest.mark.parametrize(
    "doc",
    [
        {**WEBHOOK, "url": "http://127.0.0.1:8080/hook"},  # whoever applies a site file runs the machine
        {**WEBHOOK, "url": "http://erp.intranet/hook", "secret_file": "/run/keys/erp"},
        {**APPRISE, "url": "slack://A/B/C/#cold-chain"},
        {**WEBHOOK, "url": "https://example.org/", "secret_file": "keys/erp..key"},
    ],
)
def test_a_site_file_may_name_receivers_in_the_house(doc):
    assert entry("channel", doc).doc["id"] == doc["id"]


def test_a_source_over_the_api_names_no_file_by_its_full_path():
    refuse_anywhere({"secret_file": "ble.key"})
    with pytest.raises(InvalidError, match="without a full path"):
        refuse_anywhere({"secret_file": "/etc/shadow"})
