FROM python:3.13-slim

WORKDIR /srv/catena
# Pango sets the pages of a PDF, in fonts for every script.
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fonts-droid-fallback \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

# Fonts and static files belong to the image, what people write to the volume.
ENV CATENA_ASSETS=/srv/assets \
    CATENA_STATE=/var/lib/catena \
    CATENA_HOST=0.0.0.0 \
    CATENA_PORT=8000 \
    PYTHONUNBUFFERED=1
COPY config/__init__.py config/fonts.py config/
RUN python -m config.fonts "$CATENA_ASSETS"
COPY . .
RUN CATENA_SECRET_KEY=only-for-this-step-only-for-this-step python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --uid 10001 --home-dir "$CATENA_STATE" catena \
    && install --directory --owner catena --mode 700 "$CATENA_STATE"

USER catena
VOLUME /var/lib/catena
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os; from urllib.parse import urlsplit; from urllib.request import Request, urlopen; host = urlsplit(os.environ.get('CATENA_URL') or 'http://127.0.0.1:8000').netloc; urlopen(Request('http://127.0.0.1:' + os.environ['CATENA_PORT'] + '/livez', headers={'Host': host}), timeout=4)"]
ENTRYPOINT ["/bin/sh", "-c", "python manage.py migrate --noinput --verbosity 0 && exec \"$@\"", "catena"]
CMD ["python", "manage.py", "serve"]
