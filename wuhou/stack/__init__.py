"""PostgreSQL and Redis of a checkout, without Docker or a package manager.

``children`` starts and stops processes, ``postgres`` and ``redis`` know one service each, ``local`` keeps
them for a checkout, ``throwaway`` for a test run, ``supervisor`` is the one parent behind ``manage.py serve``.
Nothing here imports Django: settings are read only after the services are known.
"""
