"""The privilege to act for one's owner: a program reaches REST and storage while it runs, and no longer."""

import sys
from pathlib import Path

import boto3
import httpx2
import pytest
import qarnot
from botocore.config import Config
from botocore.exceptions import ClientError
from qarnot.privileges import Privileges
from qarnot.task import Task

from tests import tools
from tests.system.cluster import TASK_S
from tests.system.servers import Server, Servers
from tests.waiting import DEADLINE_S, wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself

#: What a user writes: no address, no token. It begins a task of its own, and fills a bucket in two ways.
PROGRAM = """
import os, pathlib, time, boto3, qarnot
sdk = qarnot.Connection()
child = sdk.create_task('child', 'docker-batch', 1)
child.constants['DOCKER_CMD'] = 'echo from the child'
child.submit()
sdk.create_bucket('made-inside').add_string('by the SDK', 'sdk.txt')
boto3.client('s3').put_object(Bucket='made-inside', Key='boto3.txt', Body=b'by boto3')
print(child.uuid, os.environ['QARNOT_CLIENT_TOKEN'], os.environ['QARNOT_ACCOUNT_EMAIL'], flush=True)
while not pathlib.Path('go').exists():
    time.sleep(0.05)
"""


class Guest:
    """Who uses what an instance printed."""

    def __init__(self, server: Server, token: str, key: str) -> None:
        self.server, self.token, self.key = server, token, key

    def rest(self) -> int:
        url = f"{self.server.stokehold.api}/info"
        return httpx2.get(
            url, headers={"authorization": self.token}, timeout=DEADLINE_S, trust_env=False
        ).status_code

    def storage(self) -> str:
        """The error's code; "" is success."""
        client = boto3.client(
            "s3",
            endpoint_url=self.server.stokehold.storage,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.token,
            config=Config(retries={"max_attempts": 0}),
        )
        try:
            client.list_buckets()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""


def privileged(server: Server, tmp_path: Path, profile: str = "docker-network") -> Task:
    bucket = server.bucket()
    (tmp_path / "program.py").write_text(PROGRAM)
    bucket.add_file(str(tmp_path / "program.py"))
    task = server.sdk.create_task("privileged", profile, 1)
    task.constants["DOCKER_CMD"] = f"{sys.executable} program.py"
    task.resources = [bucket]
    task.privileges = Privileges(True)
    task.submit()
    return task


def words(task: Task) -> list[str]:
    """What the program printed: the UUID of its child, its token and its e-mail."""
    return wait_until(lambda: task.stdout().split()[1:], TASK_S, "the program has spoken")


def test_a_program_reaches_rest_and_storage_until_it_ends(servers: Servers, tmp_path: Path) -> None:
    server = servers("process", STOKE_RUNNER_SLOTS="2")
    task = privileged(server, tmp_path)
    child, token, key = words(task)
    guest = Guest(server, token, key)
    assert (guest.rest(), guest.storage()) == (200, "")
    server.let_go("program.py")
    server.ended(task)
    assert task.state == "Success", task.stderr()
    assert (guest.rest(), guest.storage()) == (401, "InvalidAccessKeyId")
    assert server.ended(server.sdk.retrieve_task(child)).stdout() == "0> from the child\n"
    assert {o.key for o in server.bucket("made-inside").list_files()} == {"sdk.txt", "boto3.txt"}


@pytest.mark.parametrize(("kind", "fetch"), [("bwrap", "curl -sS -H"), ("podman", "wget -qO- --header")])
def test_an_instance_of_a_profile_with_network_reaches_the_server(
    servers: Servers, kind: str, fetch: str
) -> None:
    if kind == "bwrap":
        tools.require("curl")
    server = servers(kind)
    task = server.task(f"sh -c '{fetch} \"Authorization: $QARNOT_CLIENT_TOKEN\" $QARNOT_CLUSTER_URL/info'")
    task._profile = "docker-network"
    task.privileges = Privileges(True)
    task.submit()
    server.ended(task)
    assert '"email":"pass.' in task.stdout(), (task.stdout(), task.stderr())


def test_a_pass_is_dead_once_its_task_is_deleted(servers: Servers, tmp_path: Path) -> None:
    """Even while the program still has its time to end gently."""
    server = servers("process", STOKE_RUNNER_SLOTS="2")
    task = privileged(server, tmp_path)
    _, token, key = words(task)
    guest = Guest(server, token, key)
    assert (guest.rest(), guest.storage()) == (200, "")
    task.delete()
    assert (guest.rest(), guest.storage()) == (401, "InvalidAccessKeyId")


def test_without_the_privilege_nothing_is_exported(servers: Servers) -> None:
    task = servers("process").run("sh -c 'env | grep -c -E \"^(QARNOT_CL|QARNOT_S|QARNOT_A|AWS_)\"; true'")
    assert task.stdout() == "0> 0\n"


def test_the_public_sdk_is_let_in_with_what_the_variables_hold(servers: Servers, tmp_path: Path) -> None:
    """The account that it sees is its storage key, as everywhere."""
    server = servers("process", STOKE_RUNNER_SLOTS="2")
    task = privileged(server, tmp_path)
    _, token, key = words(task)
    sdk = qarnot.Connection(cluster_url=server.stokehold.api, client_token=token, retry_count=0)
    assert sdk.user_info.email == key
    assert task.uuid in {one.uuid for one in sdk.tasks()}
    server.let_go("program.py")
    server.ended(task)
    with pytest.raises(qarnot.exceptions.UnauthorizedException):
        sdk.tasks()
