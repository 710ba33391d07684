# One image for web, worker and commands. Build: docker build -t alliv .
FROM python:3.11-slim AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.txt .
# The CPU build of PyTorch first: the default index would bring 3 GB of CUDA libraries.
RUN .venv/bin/pip install --no-cache-dir "$(grep '^torch==' requirements.txt)" --index-url "$TORCH_INDEX" \
 && .venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim
# pg_dump and pg_restore for the backup commands; they must not be older than the server, so they come from PostgreSQL's own archive.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install -y --no-install-recommends postgresql-client-18 \
 && rm -rf /var/lib/apt/lists/*
# Volumes take the owner of the folder that they cover.
RUN useradd --system --uid 10001 --home /app alliv \
 && mkdir -p /app /var/lib/alliv/media /var/lib/alliv/backups && chown -R alliv /var/lib/alliv
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY . .
RUN python3 scripts/messages.py
# Compiles the ranking beside its source; each container takes it over into NUMBA_CACHE_DIR, because it cannot write here.
RUN VAR_DIR=/tmp/build .venv/bin/python -m matching.ranking && rm -rf /tmp/build
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ALLIV_MODE=production VAR_DIR=/var/lib/alliv \
    PG_BIN_DIR=/usr/lib/postgresql/18/bin NUMBA_CACHE_DIR=/tmp/numba
USER 10001
VOLUME /var/lib/alliv
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "scripts/web_healthy.py"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
