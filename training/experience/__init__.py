"""Fits the talk network (``models/experience/talk_net.py``) on labelled dialogues."""
