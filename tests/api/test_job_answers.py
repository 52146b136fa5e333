from stokehold.api.job_answers import render
from stokehold.domain.errors import Failure, Faults
from stokehold.store.database import Database
from tests.store.kitchen import Kitchen


def test_a_job_that_time_ended_says_why(database: Database) -> None:
    kitchen = Kitchen(database)
    job = kitchen.job()
    failure = Failure.of(Faults.JOB_TIMED_OUT, limit="01:00:00")
    job.failure = f'{{"code":"{failure.code}","message":"{failure.message}"}}'
    assert [(error.code, error.message) for error in render(job).errors] == [(failure.code, failure.message)]
    assert "01:00:00" in failure.message
