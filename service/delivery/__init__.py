"""The monthly review on its way: when it is due, who gets it, by e-mail and by webhook, once each."""
