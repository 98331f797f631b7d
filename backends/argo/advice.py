"""What to do with the written files: the commands that upload, register, run and watch."""

from __future__ import annotations

from shlex import quote

from ...compiler.contract.job import Pipeline
from .options import Options
from .templates import secret_key
from .workflow import default_text


def next_steps(pipeline: Pipeline, options: Options) -> str:
    """Markdown, with commands to copy, run in the folder of the files."""
    namespace = f" -n {options.namespace}" if options.namespace else ""
    copy = "aws s3 cp --recursive" if options.storage.scheme == "s3" else "gcloud storage cp -r"
    if options.storage.endpoint is not None:
        copy += f" --endpoint-url {quote(options.storage.endpoint)}"
    # One of the two copies what is in the folder, the other the folder.
    place = f"{pipeline.store}/code" if options.storage.scheme == "s3" else f"{pipeline.store}/"
    parts = [
        "Once, and again after each compile: upload the code, register the template.",
        _commands(
            f"{copy} code {quote(place)}",
            f"kubectl apply --server-side{namespace} -f workflowtemplate.yaml",
        ),
    ]
    secrets = {
        (reference["name"], reference["key"]): secret.variable
        for job in pipeline.jobs
        for secret in job.secrets
        for reference in (secret_key(secret),)
    }
    if secrets:
        parts += [
            "The steps read these secrets; create those that do not exist yet.",
            _commands(
                *(
                    f"kubectl create secret generic{namespace} {name} "
                    f'--from-literal={key}="${variable}"'
                    for (name, key), variable in sorted(secrets.items())
                )
            ),
        ]
    needed = [p.name for p in pipeline.parameters if default_text(p) is None]
    given = "".join(f" -p {name}=…" for name in needed)
    parts += [
        "Start a run."
        + (
            f" {_listed(needed)} must be given, here or in `workflow.yaml`: "
            "Argo refuses a run without."
            if needed
            else " Parameters can be changed in `workflow.yaml`, or with `-p name=value`."
        ),
        _commands(f"argo submit{namespace} workflow.yaml{given} --watch"),
    ]
    if pipeline.schedule is not None:
        cron, timezone = pipeline.schedule
        parts += [
            f"Run it on its schedule, `{cron}` in {timezone}.",
            _commands(f"kubectl apply --server-side{namespace} -f cronworkflow.yaml"),
        ]
    parts.append(
        f"Results lie in `{pipeline.store}`. The service account "
        f"`{options.service_account or 'default'}` must be able to read and write there"
        + (
            "."
            if options.storage.credentials is None
            else f"; the secret `{options.storage.credentials}` gives it the right."
        )
    )
    return "\n\n".join(parts) + "\n"


def _commands(*lines: str) -> str:
    return "\n".join(("```sh", *lines, "```"))


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]
