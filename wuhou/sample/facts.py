"""Whether the sample district is loaded: a fact kept with the data, behind the banner 演示数据."""

from core.actor import Actor
from core.models import DeploymentFact

SAMPLE_FACT = "sample"


def is_loaded() -> bool:
    return DeploymentFact.objects.filter(name=SAMPLE_FACT).exists()


def demo_data(actor: Actor) -> bool:
    """What the banner of every page asks."""
    return is_loaded()
