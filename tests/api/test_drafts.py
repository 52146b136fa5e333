import msgspec

from stokehold.api.drafts import Draft
from stokehold.domain.task import Spec

SPEC = Spec(name="n", profile="docker-batch", advanced_ranges="3-5", tags=["a", "b"])


def test_the_event_holds_what_the_store_needs() -> None:
    event = Draft("u", 7, SPEC).event(0)
    assert (event.uuid, event.account_id, event.name, event.shortname) == ("u", 7, "n", "u")
    assert (event.profile, str(event.ids), event.tags) == ("docker-batch", "3-5", ("a", "b"))
    assert msgspec.json.decode(event.spec, type=Spec) == SPEC


def test_a_shortname_stands_for_the_uuid() -> None:
    assert Draft("u", 7, msgspec.structs.replace(SPEC, shortname="s")).event(0).shortname == "s"
