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
RUN useradd --system --uid 10001 --home /app alliv && mkdir -p /app /var/lib/alliv && chown alliv /var/lib/alliv
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY . .
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ALLIV_MODE=production VAR_DIR=/var/lib/alliv
USER alliv
VOLUME /var/lib/alliv
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
