"""What jobs look like on the wire (api.md 3.7)."""

from msgspec import UNSET

from stokehold.api.progress import Answer, Error, Text
from stokehold.domain.moments import date_text, timespan_text
from stokehold.store import jobs


class Job(Answer, kw_only=True):
    """A job. `unfinishedTaskCount` and `errors` are not part of the vendor's interface."""

    uuid: str
    name: str
    shortname: str
    state: str
    previous_state: Text = UNSET
    use_dependencies: bool
    state_transition_time: str
    previous_state_transition_time: str
    creation_date: str
    last_modified: str
    max_wall_time: Text = UNSET
    tags: list[str]
    auto_delete_on_completion: bool
    completion_time_to_live: str
    unfinished_task_count: int
    errors: list[Error]


def render(row: jobs.Job) -> Job:
    """A job as clients read it."""
    spec, reason = row.submission, row.reason
    return Job(
        uuid=row.uuid,
        name=row.name,
        shortname=spec.shortname or row.uuid,
        state=row.state,
        previous_state=row.previous_state or UNSET,
        use_dependencies=row.use_dependencies,
        state_transition_time=date_text(row.state_at),
        previous_state_transition_time=date_text(row.previous_state_at),
        creation_date=date_text(row.created_at),
        last_modified=date_text(row.modified_at),
        max_wall_time=timespan_text(spec.max_wall_us) if spec.max_wall_us else UNSET,
        tags=spec.tags,
        auto_delete_on_completion=spec.auto_delete_on_completion,
        completion_time_to_live=timespan_text(spec.completion_ttl_us),
        unfinished_task_count=row.unfinished,
        errors=[Error(code=reason.code, message=reason.message)] if reason else [],
    )
