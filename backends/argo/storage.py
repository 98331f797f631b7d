"""Where code and results lie, in Argo's words and in those of the launcher's environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .model import S3, Artifact, EnvVar, KeyRef

AMAZON: Final = "s3.amazonaws.com"
CODE: Final = "/millpond/code.zip"


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder in a bucket. `scheme` is `s3` or `gs`; `folder` has no slash at either end."""

    scheme: str
    bucket: str
    folder: str
    endpoint: str | None = None
    region: str | None = None
    credentials: str | None = None

    def code(self, digest: str) -> Artifact:
        """The code archive as an input of a pod, at `CODE`, left as it is."""
        key = "/".join(part for part in (self.folder, "code", f"{digest}.zip") if part)
        artifact: Artifact = {"name": "code", "path": CODE, "archive": {"none": {}}}
        if self.scheme == "s3":
            artifact["s3"] = self._s3(key)
        else:
            artifact["gcs"] = {"bucket": self.bucket, "key": key}
        return artifact

    def environment(self) -> list[EnvVar]:
        """What the launcher's S3 client must know beside the URL; it reads Amazon's own names."""
        variables: list[EnvVar] = []
        if self.endpoint is not None:
            variables.append({"name": "AWS_ENDPOINT_URL_S3", "value": self.endpoint})
        if self.region is not None:
            variables.append({"name": "AWS_REGION", "value": self.region})
        if self.credentials is not None:
            for name, key in (
                ("AWS_ACCESS_KEY_ID", "accesskey"),
                ("AWS_SECRET_ACCESS_KEY", "secretkey"),
            ):
                reference = self._credential(self.credentials, key)
                variables.append({"name": name, "valueFrom": {"secretKeyRef": reference}})
        return variables

    def _s3(self, key: str) -> S3:
        # Without an endpoint Argo takes the whole location from the cluster's default repository
        # and keeps nothing but the key (`Relocate` in workflow_types.go).
        url = urlsplit(self.endpoint or f"https://{AMAZON}")
        location: S3 = {"endpoint": url.netloc, "bucket": self.bucket, "key": key}
        if url.scheme == "http":
            location["insecure"] = True
        if self.region is not None:
            location["region"] = self.region
        if self.credentials is None:
            location["useSDKCreds"] = True
        else:
            location["accessKeySecret"] = self._credential(self.credentials, "accesskey")
            location["secretKeySecret"] = self._credential(self.credentials, "secretkey")
        return location

    @staticmethod
    def _credential(secret: str, key: str) -> KeyRef:
        return {"name": secret, "key": key}
