"""The sample district (示范区): invented data around the real places, adding up to the published figures.

Everything in it is marked ``is_sample`` or hangs on something that is, so that one command takes it all away.
Units other than those the programme itself names are invented; people are called 王某, 李某.
"""
