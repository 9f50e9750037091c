"""The portal for a WSGI server: ``granian --interface wsgi wuhou.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

from wuhou.stack.children import die_with_parent_if_asked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuhou.settings.local")
die_with_parent_if_asked()

application = get_wsgi_application()
