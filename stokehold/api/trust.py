"""What a runner is told in confidence: the secrets of a task, and the credentials of an instance."""

from collections.abc import Collection

from msgspec import Struct

from stokehold.domain.protocol import Lease
from stokehold.store import passes, secrets
from stokehold.store.attempts import attempt_id
from stokehold.store.leases import Given
from stokehold.store.vault import Vault


class Trust(Struct, frozen=True):
    """The key that opens secrets, and where instances find the services."""

    vault: Vault
    api: str  # URL
    storage: str  # URL

    def secrets(self, given: Given) -> dict[str, str]:
        """The secret constants of a task, in clear."""
        return secrets.unseal(self.vault, given.uuid, given.sealed)

    def credentials(self, given: Given, lease: Lease, constants: Collection[str]) -> dict[str, str]:
        """Variables by which the programs of one attempt reach the services as their owner, while it runs.

        A task whose `constants` name an AWS service of its own keeps to that one.
        """
        number = attempt_id(lease.token) or 0
        token = passes.token(self.vault, number, lease.token)
        key = passes.access_key(number, given.email)
        ours = {
            "QARNOT_CLIENT_TOKEN": token,
            "QARNOT_ACCOUNT_EMAIL": key,
            "QARNOT_CLUSTER_URL": self.api,
            "QARNOT_COMPUTE_API_URL": self.api,
            "QARNOT_STORAGE_URL": self.storage,
            "QARNOT_STORAGE_API_URL": self.storage,
        }
        if any(name.startswith("AWS_") for name in constants):
            return ours
        return {
            **ours,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": token,
            "AWS_ENDPOINT_URL_S3": self.storage,
        }
