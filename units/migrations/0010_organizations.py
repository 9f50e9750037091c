from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("units", "0009_posts")]

    operations = []
