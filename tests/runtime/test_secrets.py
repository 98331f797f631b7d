"""Secrets: from the environment, or from Secrets Manager where the environment names one."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from millpond.runtime.secrets import SecretError, resolve

SPEC = {"secrets": {"TOKEN": {"source": "env", "name": "warehouse/token"}}}


def test_a_variable_gives_the_secret() -> None:
    assert resolve(SPEC, {"warehouse/token": "s3cr3t"}) == {"TOKEN": "s3cr3t"}


def test_a_missing_secret_is_named() -> None:
    words = "secret `TOKEN`: no variable is set here: warehouse/token, WAREHOUSE_TOKEN, TOKEN"
    with pytest.raises(SecretError, match=words):
        resolve(SPEC, {})


@pytest.mark.parametrize("name", ["warehouse/token", "WAREHOUSE_TOKEN", "TOKEN"])
def test_a_secret_goes_by_its_name_or_by_the_variable_that_an_engine_sets(name: str) -> None:
    assert resolve(SPEC, {name: "s3cr3t", "OTHER": "x"}) == {"TOKEN": "s3cr3t"}


def test_the_name_as_written_comes_first() -> None:
    outer = {"TOKEN": "3", "WAREHOUSE_TOKEN": "2", "warehouse/token": "1"}
    assert resolve(SPEC, outer) == {"TOKEN": "1"}


@pytest.mark.parametrize("by", ["name", "arn"])
def test_an_engine_says_where_the_secret_lies(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="eu-central-1")
        made = client.create_secret(Name="warehouse/token", SecretString="from the vault")
        where = made["ARN"] if by == "arn" else "warehouse/token"
        assert resolve(SPEC, {"MLP_SECRET_TOKEN": where}) == {"TOKEN": "from the vault"}


def test_what_the_client_says_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(), pytest.raises(SecretError) as caught:
        resolve(SPEC, {"MLP_SECRET_TOKEN": "nobody/knows"})
    assert str(caught.value) == "secret `TOKEN` cannot be read: ResourceNotFoundException"
