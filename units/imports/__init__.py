"""The import of units (导入体检): anybody's spreadsheet becomes rows of the register, or sentences that say why not.

Read → rows clean by themselves → staging table → set-based checks against the register → a plan of what is new,
changed and the same → written in one transaction, or not at all.
"""

from units.imports.running import Imported, import_file, read_plan

__all__ = ["Imported", "import_file", "read_plan"]
