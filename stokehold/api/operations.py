"""Everything that the REST API does: one line for each operation (api.md 2.0)."""

from typing import Any

from stokehold.api import (
    curves,
    derived,
    faults,
    feed,
    hardware,
    information,
    job_lists,
    jobs,
    lists,
    live,
    nodes,
    openapi,
    outputs,
    quotas,
    roster,
    snapshots,
    submissions,
    tasks,
    unbuilt,
)
from stokehold.api.answers import Created, Explanation, Item, Page, Task, TaskSummary
from stokehold.api.curves import Metrics
from stokehold.api.faults import Fault
from stokehold.api.information import Profile, Settings, UserInfo, Version
from stokehold.api.job_answers import Job
from stokehold.api.lists import PageRequest, SearchRequest
from stokehold.api.roster import Instance, WholeInstance
from stokehold.api.routes import Route
from stokehold.api.tasks import Changes
from stokehold.domain.job import JobSpec
from stokehold.domain.task import Spec

_SERVICE: list[Route] = [
    Route("GET", "/settings", information.settings, "Where the object storage is", "Service",
          answers=Settings, open=True),
    Route("GET", "/versions", information.versions, "The versions of the interface", "Service",
          answers=list[Version], open=True),
    Route("GET", "/", information.alive, "Whether the service answers and the token is good", "Service"),
    Route("GET", "/info", information.info, "The account that asks", "Service", answers=UserInfo),
    Route("GET", "/profiles", information.profiles, "The names of the profiles", "Service", answers=list[str]),
    Route("GET", "/profiles/{name}", information.profile, "One profile", "Service", answers=Profile),
    Route("GET", "/errors", faults.faults, "The errors that tasks can show, and what to do about each", "Service",
          answers=list[Fault], open=True),
    Route("GET", "/health", information.health, "What the server is made of", "Service",
          answers=dict[str, Any], open=True),
    Route("GET", "/metrics", information.metrics, "Numbers for Prometheus", "Service", answers=str, open=True),
    Route("GET", "/openapi.json", openapi.serving(lambda: OPERATIONS), "This document", "Service",
          answers=dict[str, Any], open=True),
    Route("GET", "/docs", openapi.page, "This document, to read", "Service", open=True),
]  # fmt: skip

_TASKS: list[Route] = [
    Route("GET", "/tasks", lists.tasks_with_tags, "The tasks, the newest first", "Tasks",
          answers=list[Task], query=("tag",)),
    Route("POST", "/tasks", submissions.submit, "Create a task, or several from a list", "Tasks",
          body=Spec, answers=Created | list[Item], partly=list[Item]),
    Route("POST", "/tasks/force", submissions.submit, "Another name of POST /tasks", "Tasks",
          body=Spec, answers=Created | list[Item], partly=list[Item]),
    Route("POST", "/tasks/search", lists.search, "The tasks that match a filter", "Tasks",
          body=SearchRequest, answers=list[Task]),
    Route("POST", "/tasks/paginate", lists.page_of_tasks, "A page of the tasks that match a filter", "Tasks",
          body=PageRequest, answers=Page[Task]),
    Route("GET", "/tasks/summaries", lists.summaries_with_tags, "The tasks in short, the newest first", "Tasks",
          answers=list[TaskSummary], query=("tag",)),
    Route("POST", "/tasks/summaries/paginate", lists.page_of_summaries, "A page of tasks in short", "Tasks",
          body=PageRequest, answers=Page[TaskSummary]),
    Route("GET", "/tasks/{id}", tasks.show, "One task", "Tasks", answers=Task),
    Route("GET", "/tasks/{id}/explanation", tasks.explanation, "Why a task does not run, in a sentence", "Tasks",
          answers=Explanation),
    Route("PUT", "/tasks/{id}", tasks.change, "Change the tags and constants of a task", "Tasks", body=Changes),
    Route("DELETE", "/tasks/{id}", tasks.delete, "Stop a task if it runs, then forget it", "Tasks"),
    Route("POST", "/tasks/{id}/abort", tasks.abort, "Stop a task", "Tasks"),
]  # fmt: skip

_WATCHING: list[Route] = [
    Route("GET", "/tasks/{id}/metrics", curves.metrics, "What the instances used, over time", "Watching",
          answers=Metrics, query=("instanceId", "since")),
    Route("GET", "/tasks/{id}/instances", roster.page, "A page of the instances of a task", "Watching",
          answers=Page[Instance], query=("state", "limit", "token")),
    Route("GET", "/tasks/{id}/instances/{instanceId}", roster.one, "One instance with its attempts", "Watching",
          answers=WholeInstance),
    Route("GET", "/tasks/{id}/events", feed.of_task, "What becomes of a task: server-sent events", "Watching",
          answers=str, query=("token",), stream=True),
    Route("GET", "/events", feed.of_account, "What becomes of the account's tasks: server-sent events", "Watching",
          answers=str, query=("token",), stream=True),
]  # fmt: skip

_JOBS: list[Route] = [
    Route("GET", "/jobs", job_lists.with_tags, "The jobs, the newest first", "Jobs",
          answers=list[Job], query=("tag",)),
    Route("POST", "/jobs", jobs.submit, "Create a job, or several from a list", "Jobs",
          body=JobSpec, answers=Created | list[Item], partly=list[Item]),
    Route("POST", "/jobs/search", job_lists.search, "The jobs that match a filter", "Jobs",
          body=SearchRequest, answers=list[Job]),
    Route("POST", "/jobs/paginate", job_lists.page, "A page of the jobs that match a filter", "Jobs",
          body=PageRequest, answers=Page[Job]),
    Route("GET", "/jobs/{id}", jobs.show, "One job", "Jobs", answers=Job),
    Route("DELETE", "/jobs/{id}", jobs.delete, "Forget a job with its tasks", "Jobs", query=("force",)),
    Route("POST", "/jobs/{id}/terminate", jobs.terminate, "Cancel what goes on in a job", "Jobs"),
    Route("GET", "/jobs/{id}/tasks", jobs.members, "The tasks of a job, the newest first", "Jobs",
          answers=list[Task]),
]  # fmt: skip

#: Every operation, built or not.
OPERATIONS: list[Route] = [
    *_SERVICE,
    *_TASKS,
    *_WATCHING,
    *derived.routes(),
    *snapshots.routes(),
    *_JOBS,
    *outputs.routes(),
    *live.routes(),
    *nodes.routes(),
    *hardware.routes(),
    *quotas.routes(),
    *unbuilt.routes(),
]
