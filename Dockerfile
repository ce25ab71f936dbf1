# One image for web, worker and scheduler; the argument says which. Each step is one that `make` runs too.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BOOKAPP_ENV=production \
    BOOKAPP_DATA=/data

RUN useradd --create-home --uid 10001 bookapp && mkdir /data && chown bookapp:bookapp /data
WORKDIR /app

COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY . .

USER bookapp
VOLUME /data
EXPOSE 8000

# The worker and the scheduler answer no requests: compose.yaml switches this off for them.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/healthz\", timeout=2)"]

ENTRYPOINT ["python", "-m", "bookapp.infra.supervisor"]
CMD ["web", "--host", "0.0.0.0"]
