from typing import get_args

from stokehold.domain import protocol
from stokehold.domain.events import AttemptEvent, AttemptNews, Event, TaskEvent


def test_every_event_has_a_tag_of_its_own() -> None:
    tags = [event.__struct_config__.tag for event in get_args(Event)]
    assert len(set(tags)) == len(tags)


def test_the_events_of_attempts_are_the_reports_that_are_no_data() -> None:
    data = {protocol.Printed, protocol.Produced}
    told = {*get_args(AttemptEvent), *get_args(AttemptNews)}
    assert told == set(get_args(protocol.Report)) - data


def test_the_events_of_tasks_cannot_be_changed_after_they_happened() -> None:
    assert all(event.__struct_config__.frozen for event in get_args(TaskEvent))
