"""What ships keeps its promises: the manifests, the compose file, the workflow, and the list of settings."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django_prometheus.middleware import Metrics
from prometheus_client import REGISTRY

import chat.metrics
import matching.metrics
from alliv.static import STYLE_SHEETS, joined
from tests.named import ROOT, example_settings, make_targets, read_settings, wrong_with

pytestmark = pytest.mark.unit

assert chat.metrics
assert matching.metrics
Document = dict[str, Any]
K8S = ROOT / "deploy" / "k8s"
MANIFESTS = [path for path in sorted(K8S.glob("*.yaml")) if path.name != "kustomization.yaml"]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def documents() -> Iterator[Document]:
    for path in MANIFESTS:
        yield from (document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document)


def of_kind(kind: str) -> dict[str, Document]:
    return {document["metadata"]["name"]: document for document in documents() if document["kind"] == kind}


def pod(document: Document) -> Document | None:
    """The pod that a Deployment, Job or CronJob makes."""
    spec = document.get("spec", {})
    found: Document | None = spec.get("jobTemplate", {"spec": spec})["spec"].get("template", {}).get("spec")
    return found


def pods() -> dict[str, Document]:
    return {document["metadata"].get("name", "migrate"): found for document in documents() if (found := pod(document))}


def containers(pod: Document) -> list[Document]:
    return [*pod.get("initContainers", []), *pod["containers"]]


EVERY_CONTAINER = [pytest.param(pod, one, id=f"{name}: {one['name']}") for name, pod in pods().items() for one in containers(pod)]


def compose() -> Document:
    found: Document = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def settings_of(service: Document) -> Document:
    found: Document = service.get("environment", {})
    return found


# --- Settings ---


@pytest.mark.parametrize("name", sorted(read_settings()))
def test_every_setting_is_listed_with_a_sentence(name: str) -> None:
    assert name in example_settings()
    assert re.search(r"\w.*[.:]$", example_settings()[name][1]), f"{name} has no sentence"


def test_nothing_else_is_listed() -> None:
    elsewhere = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert set(example_settings()) - set(read_settings()) == elsewhere - set(read_settings())


def test_the_list_shows_the_numbers_that_hold_without_it() -> None:
    numbers = {name: str(value) for name, value in read_settings().items() if isinstance(value, int)}
    assert numbers == {name: example_settings()[name][0] for name in numbers}


def test_the_pool_has_the_size_that_was_asked_for() -> None:
    names = ("DB_POOL_MAX", "DB_POOL_MIN", "DB_POOL_IDLE", "DB_POOL_TIMEOUT")
    assert [read_settings()[name] for name in names] == [50, 10, 45, 5]


# --- Image ---


def test_the_image_brings_the_compiled_ranking_along_where_no_volume_hides_it() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert dockerfile.index("-m matching.ranking") < dockerfile.index("NUMBA_CACHE_DIR="), (
        "compiled beside the source, which every image has"
    )
    kept = re.search(r"NUMBA_CACHE_DIR=(\S+)", dockerfile)
    assert kept
    mounted = [one["mountPath"] for pod in pods().values() for one in containers(pod)[0]["volumeMounts"]]
    assert not [path for path in (*mounted, *compose()["services"]["web"]["tmpfs"]) if path.startswith("/app")]
    assert {str(Path(kept[1]).parent)} <= {*mounted} & {*compose()["services"]["web"]["tmpfs"]}


# --- Kubernetes ---


def test_the_kustomization_names_every_manifest_but_the_one_that_runs_once() -> None:
    kustomization = yaml.safe_load((K8S / "kustomization.yaml").read_text(encoding="utf-8"))
    assert {*kustomization["resources"], "migrate.yaml"} == {path.name for path in MANIFESTS}
    image = kustomization["images"][0]
    migrate = pods()["migrate"]["containers"][0]
    assert migrate["image"] == f"{image['newName']}:{image['newTag']}"


@pytest.mark.parametrize(
    "document", [pytest.param(one, id=f"{one['kind']} {one['metadata'].get('name', 'migrate')}") for one in documents()]
)
def test_kubernetes_knows_every_word_of_a_manifest(document: Document) -> None:
    kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


def test_a_word_that_kubernetes_does_not_know_would_be_seen() -> None:
    misspelt = {**of_kind("CronJob")["alliv-backup"], "spec": {**of_kind("CronJob")["alliv-backup"]["spec"], "concurencyPolicy": "Forbid"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, kubernetes_validate.latest_version(), strict=True)


def test_no_manifest_binds_itself_to_a_namespace() -> None:
    assert [document for document in documents() if "namespace" in document["metadata"]] == []


def test_there_is_everything_that_was_promised() -> None:
    kinds = {(document["kind"], document["metadata"].get("name")) for document in documents()}
    assert kinds >= {
        ("Deployment", "alliv-web"),
        ("Deployment", "alliv-worker"),
        ("Service", "alliv-web"),
        ("Ingress", "alliv"),
        ("PodDisruptionBudget", "alliv-web"),
        ("HorizontalPodAutoscaler", "alliv-web"),
        ("ConfigMap", "alliv"),
    }
    assert len(of_kind("NetworkPolicy")) == 3
    assert set(of_kind("CronJob")) == {"alliv-backup", "alliv-mail-sweep", "alliv-housekeeping", "alliv-trust"}


def test_a_backup_is_made_at_two_and_then_old_ones_go() -> None:
    backup = of_kind("CronJob")["alliv-backup"]["spec"]
    assert (backup["schedule"], backup["timeZone"]) == ("0 2 * * *", "Etc/UTC")
    made = pod(of_kind("CronJob")["alliv-backup"])
    assert made
    assert [one["command"][2] for one in made["initContainers"]] == ["backup"]
    assert [one["command"][2] for one in made["containers"]] == ["prune_backups"]


@pytest.mark.parametrize("name", of_kind("CronJob"))
def test_runs_do_not_overlap_and_three_of_each_kind_are_kept(name: str) -> None:
    spec = of_kind("CronJob")[name]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 3)


def test_web_is_probed_on_a_host_it_answers_to_and_drains_before_it_goes() -> None:
    made = pods()["alliv-web"]
    web = made["containers"][0]
    hosts = of_kind("ConfigMap")["alliv"]["data"]["ALLOWED_HOSTS"].split(",")
    probes = {name: web[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/health/live",
        "liveness": "/health/live",
        "readiness": "/health/ready",
    }
    assert {header["value"] for probe in probes.values() for header in probe["httpHeaders"]} <= set(hosts)
    assert web["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]
    assert made["terminationGracePeriodSeconds"] > 5 + 10


def test_the_worker_is_probed() -> None:
    worker = pods()["alliv-worker"]["containers"][0]
    assert worker["livenessProbe"]["exec"]["command"] == ["python", "scripts/worker_healthy.py"]


@pytest.mark.parametrize(("pod", "container"), EVERY_CONTAINER)
def test_nothing_runs_as_root_or_writes_outside_of_its_volumes(pod: Document, container: Document) -> None:
    locked = container["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["automountServiceAccountToken"] is False
    assert locked["readOnlyRootFilesystem"] is True
    assert locked["allowPrivilegeEscalation"] is False
    assert locked["capabilities"] == {"drop": ["ALL"]}
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    data = of_kind("ConfigMap")["alliv"]["data"]
    assert {"/tmp", data["VAR_DIR"]} <= set(mounts)
    assert set(mounts.values()) <= {volume["name"] for volume in pod["volumes"]}
    assert "memory" in container["resources"]["limits"]
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])


@pytest.mark.parametrize(("pod", "container"), EVERY_CONTAINER)
def test_what_it_runs_exists(pod: Document, container: Document) -> None:
    understood(container["command"])


@pytest.mark.parametrize(("pod", "container"), EVERY_CONTAINER)
def test_secrets_come_by_reference_and_settings_are_known(pod: Document, container: Document) -> None:
    assert {"secretRef": {"name": "alliv-secrets"}} in container["envFrom"]
    names = {*of_kind("ConfigMap")["alliv"]["data"], *(entry["name"] for entry in container.get("env", []))}
    assert names <= set(example_settings())
    assert not names & {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "METRICS_TOKEN"}


def test_there_is_no_secret_among_the_manifests() -> None:
    assert of_kind("Secret") == {}


def test_all_pods_together_leave_postgresql_connections_to_spare() -> None:
    """At the pools' upper ends, and one more in each web pod, while these are replaced and every job runs; PostgreSQL has 100."""
    each = int(of_kind("ConfigMap")["alliv"]["data"]["DB_POOL_MAX"])
    web = of_kind("HorizontalPodAutoscaler")["alliv-web"]["spec"]["maxReplicas"] + 1
    others = [made["containers"][0] for name, made in pods().items() if name != "alliv-web"]
    smaller = [int(entry["value"]) for one in others for entry in one["env"] if entry["name"] == "DB_POOL_MAX"]
    assert len(smaller) == len(others)
    assert web * (each + 1) + sum(smaller) < 97


def understood(command: list[str]) -> None:
    """`python manage.py …` by a command that exists with these flags, `python …` by a file that exists."""
    program, script, *words = command
    assert program == "python"
    assert (ROOT / script).is_file()
    if script == "manage.py":
        assert wrong_with(words) is None


# --- Compose ---


def test_compose_has_its_services_and_mongodb_only_on_request() -> None:
    services = compose()["services"]
    assert set(services) == {"web", "worker", "migrate", "db", "redis", "mongodb"}
    assert {name for name, service in services.items() if "profiles" in service} == {"mongodb"}
    assert services["db"]["image"] == "postgres:18"
    assert services["redis"]["command"][1:5] == ["--appendonly", "yes", "--appendfsync", "everysec"]


def test_compose_services_hold_together() -> None:
    """What Compose itself would refuse: unknown words, and services that wait for ones that are not there or never say that they are well."""
    known = {
        "build", "cap_drop", "command", "depends_on", "env_file", "environment", "healthcheck", "image", "init", "ports", "profiles", "read_only",
        "restart", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "user", "volumes",
    }  # fmt: skip
    services = compose()["services"]
    assert {word for word in compose() if not word.startswith("x-")} == {"name", "services", "volumes"}
    for service in services.values():
        assert set(service) <= known
        for name, wait in service.get("depends_on", {}).items():
            assert "profiles" not in services[name]
            healthy = wait["condition"] == "service_healthy"
            assert healthy or (wait["condition"], services[name]["restart"]) == ("service_completed_successfully", "no")
            assert not healthy or "test" in services[name]["healthcheck"]


def test_only_web_is_published_and_only_to_this_host() -> None:
    ports = {name: service["ports"] for name, service in compose()["services"].items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}


@pytest.mark.parametrize("name", ["web", "worker", "migrate"])
def test_our_own_services_are_locked_down_and_named_rightly(name: str) -> None:
    service = compose()["services"][name]
    assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001", ["ALL"])
    assert service["env_file"] == ".env"
    assert set(settings_of(service)) <= set(example_settings())
    understood(service["command"])


def test_every_service_is_watched_and_every_volume_has_a_name() -> None:
    described = compose()
    assert all("healthcheck" in service for service in described["services"].values())
    sources = [volume.split(":")[0] for service in described["services"].values() for volume in service.get("volumes", [])]
    assert set(sources) == set(described["volumes"])
    for name in ("web", "worker"):
        understood(described["services"][name]["healthcheck"]["test"][1:])


def test_no_password_is_written_down() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"PASSWORD: (.*)", text)) == {"${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD in .env}"}


# --- Image, proxy, workflow ---


def test_the_image_is_not_root_and_brings_what_backups_need() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001$", image, re.MULTILINE)
    assert "postgresql-client-18" in image
    assert of_kind("ConfigMap")["alliv"]["data"]["PG_BIN_DIR"] in image


def test_the_proxy_upgrades_sockets_and_says_who_calls() -> None:
    proxy = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    socket = proxy.partition("location /ws/ {")[2].partition("}")[0]
    for header in ("Upgrade", "Connection", "Host", "X-Forwarded-For", "X-Forwarded-Proto"):
        assert f"proxy_set_header {header} " in socket
    assert proxy.count("X-Forwarded-For   $remote_addr") == 2
    assert "set_real_ip_from" in proxy


def test_the_workflow_may_only_read_and_runs_what_we_run() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    run, services = workflow["jobs"]["run"], workflow["jobs"]["services"]
    assert ".ci/run" in [step.get("run") for step in run["steps"]]
    assert (ROOT / ".ci" / "run").is_file()
    assert set(services["services"]) == {"postgres", "redis", "mongodb"}
    assert {"DATABASE_URL", "REDIS_URL"} <= set(services["env"])
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in steps if "uses" in step)
    assert {step["run"].split()[1] for step in steps if step.get("run", "").startswith("make ")} <= make_targets()


# --- Pages ---


def test_what_a_browser_loads_stays_small() -> None:
    """There is no bundle: a page loads the style sheets, htmx and the few modules it needs. Sizes before compression."""
    scripts, sheets = sizes(ROOT / "static" / "js", "*.js"), sizes(ROOT / "static" / "css", "*.css")
    assert scripts.pop("matrix.js") + sheets.pop("staff.css") < 24 * 1024  # only staff load these
    assert scripts.pop("trial.js") < 8 * 1024  # and only developers this
    assert max(scripts.values()) < 24 * 1024
    assert sum(scripts.values()) < 48 * 1024
    assert sum(sheets.values()) < 48 * 1024
    assert sum(sizes(ROOT / "static" / "vendor", "*.js").values()) < 56 * 1024


def test_one_style_sheet_is_made_of_those_in_the_source() -> None:
    text = joined((ROOT / "static" / name).read_text(encoding="utf-8") for name in STYLE_SHEETS)
    assert "/*" not in text
    assert text.startswith("@layer tokens, base, layout, components, utilities;")
    assert text.index("--paper:") < text.index(".top {") < text.index(".button {")
    assert {path.name for path in (ROOT / "static" / "css").glob("*.css")} == {
        "admin.css",
        "developers.css",
        "staff.css",
        *(name.removeprefix("css/") for name in STYLE_SHEETS),
    }


def sizes(folder: Path, pattern: str) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.glob(pattern)}


# --- Watching ---


def alarms() -> dict[str, Document]:
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def panels() -> dict[str, Document]:
    board = json.loads((ROOT / "deploy" / "grafana" / "alliv.json").read_text(encoding="utf-8"))
    return {panel["title"]: panel for panel in board["panels"]}


QUERIES = {name: rule["expr"] for name, rule in alarms().items()} | {name: panel["targets"][0]["expr"] for name, panel in panels().items()}


@pytest.mark.parametrize("name", QUERIES)
def test_what_is_watched_is_counted(name: str) -> None:
    Metrics.get_instance()
    looked_up = {"alliv_jobs", "alliv_mails", "alliv_backup_age_seconds"}
    assert set(re.findall(r"\b(?:alliv|django)_\w+", QUERIES[name])) <= {*REGISTRY._names_to_collectors, *looked_up}
    assert QUERIES[name].count("(") == QUERIES[name].count(")")


def test_every_alarm_has_its_line_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (Alliv\w+) \|", runbook, re.MULTILINE)) == set(alarms())
    assert {rule["labels"]["severity"] for rule in alarms().values()} == {"page", "ticket"}
