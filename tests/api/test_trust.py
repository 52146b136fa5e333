"""What runners are told in confidence."""

from stokehold.api.trust import Trust
from stokehold.domain.protocol import Lease
from stokehold.store import passes, secrets
from stokehold.store.leases import Given
from stokehold.store.vault import Vault

VAULT = Vault(b"k" * 32)
TRUST = Trust(VAULT, "http://api", "http://storage")
LEASE = Lease("7.abc", "uuid", 0, 1)
SEALED = secrets.seal(VAULT, "uuid", {"QARNOT_SECRET_A": "hunter2"})
GIVEN = Given(1, "uuid", 1, "docker-batch", "{}", 1, [LEASE], SEALED, "a@b.org")


def test_the_secrets_of_a_task_are_opened() -> None:
    assert TRUST.secrets(GIVEN) == {"QARNOT_SECRET_A": "hunter2"}


def test_credentials_come_in_every_name_that_clients_read() -> None:
    found = TRUST.credentials(GIVEN, LEASE, ["DOCKER_CMD"])
    token = passes.token(VAULT, 7, "7.abc")
    assert found == {
        "QARNOT_CLIENT_TOKEN": token,
        "QARNOT_ACCOUNT_EMAIL": "pass.7.a@b.org",
        "QARNOT_CLUSTER_URL": "http://api",
        "QARNOT_COMPUTE_API_URL": "http://api",
        "QARNOT_STORAGE_URL": "http://storage",
        "QARNOT_STORAGE_API_URL": "http://storage",
        "AWS_ACCESS_KEY_ID": "pass.7.a@b.org",
        "AWS_SECRET_ACCESS_KEY": token,
        "AWS_ENDPOINT_URL_S3": "http://storage",
    }


def test_each_attempt_has_credentials_of_its_own() -> None:
    other = Lease("8.abc", "uuid", 1, 1)
    assert (
        TRUST.credentials(GIVEN, LEASE, [])["QARNOT_CLIENT_TOKEN"]
        != (TRUST.credentials(GIVEN, other, [])["QARNOT_CLIENT_TOKEN"])
    )
