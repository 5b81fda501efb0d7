"""Those who listen to events in the tests."""

import json

import support


class Channel:
    """What is published on the channel of a user, as it comes."""

    def __init__(self, store, user):
        self.pubsub = store.client.pubsub()
        self.pubsub.subscribe("workflow:events:" + user)
        self.texts = []
        support.until(lambda: self.pubsub.get_message(timeout=1), "it is subscribed")

    def read(self, last):
        """The events up to the first one of that type."""
        def seen():
            message = self.pubsub.get_message(timeout=0.05)
            if message and message["type"] == "message":
                self.texts.append(message["data"])
                return json.loads(message["data"])["type"] == last
        support.until(seen, f"a {last} is published")
        return self.events()

    def events(self):
        return [json.loads(text) for text in self.texts]

    def close(self):
        self.pubsub.close()
