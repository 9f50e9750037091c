"""The sidebar (导航): each app registers its pages in ``apps.py ready()``; empty sections stay hidden."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse

from core.roles import SIGNED_IN

# The order is the sentence the portal tells; the icon belongs to the section.
SECTIONS = {
    "工作台": "home",
    "单位与组织": "sitemap",
    "联席会与议事": "messages",
    "双向服务": "heart-handshake",
    "项目认领": "flag",
    "志愿与服务": "heart",
    "网格与下沉": "layout-grid",
    "走访督查考评": "eye",
    "统计分析": "chart-bar",
    "系统": "settings",
}
BAR_LENGTH = 4


@dataclass(frozen=True)
class NavItem:
    """One page of the sidebar.

    ``section`` is one of `SECTIONS`, ``roles`` who sees it, ``order`` its place in the section. ``bar`` puts
    it into the phone's bottom bar: True for all its roles, or the roles; ``bar_label`` is its short name.
    """

    section: str
    label: str
    url_name: str
    icon: str = ""
    roles: Collection[str] = SIGNED_IN
    order: int = 100
    bar: bool | Collection[str] = False
    bar_label: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    @property
    def icon_name(self) -> str:
        return self.icon or SECTIONS[self.section]

    @property
    def short_label(self) -> str:
        return self.bar_label or self.label

    def is_for(self, role: str) -> bool:
        return role in self.roles

    def is_in_bar(self, role: str) -> bool:
        return self.is_for(role) and (self.bar is True or (bool(self.bar) and role in self.bar))


@dataclass(frozen=True)
class NavSection:
    """A section as one person sees it: its pages, and whether the present page is one of them."""

    label: str
    icon: str
    items: list[NavItem]
    current: NavItem | None

    @property
    def is_current(self) -> bool:
        return self.current is not None

    @property
    def url(self) -> str:
        return self.items[0].url


_items: dict[str, NavItem] = {}


def register(*items: NavItem) -> None:
    """Offer pages for the sidebar; registering the same ``url_name`` again replaces the entry."""
    for item in items:
        if item.section not in SECTIONS:
            raise ValueError(f"Unknown navigation section: {item.section}")
        _items[item.url_name] = item


def items_for(role: str) -> list[NavItem]:
    """The pages of a role in the order of the sidebar."""
    order = list(SECTIONS)
    mine = [item for item in _items.values() if item.is_for(role)]
    return sorted(mine, key=lambda item: (order.index(item.section), item.order))


def current_item(items: list[NavItem], path: str) -> NavItem | None:
    """The page whose address is the longest beginning of ``path``: a detail page belongs to its list."""
    matching = [item for item in items if path == item.url or (item.url != "/" and path.startswith(item.url))]
    return max(matching, key=lambda item: len(item.url), default=None)


def sections_for(role: str, path: str) -> list[NavSection]:
    mine = items_for(role)
    current = current_item(mine, path)
    sections = []
    for label, icon in SECTIONS.items():
        items = [item for item in mine if item.section == label]
        if items:
            sections.append(NavSection(label, icon, items, current if current in items else None))
    return sections


def bar_for(role: str) -> list[NavItem]:
    """The pages in the phone's bottom bar: four, or three and 更多 when the role has more pages than fit."""
    mine = items_for(role)
    chosen = [item for item in mine if item.is_in_bar(role)]
    chosen += [item for item in mine if item not in chosen]
    return chosen[: BAR_LENGTH if len(mine) <= BAR_LENGTH else BAR_LENGTH - 1]
