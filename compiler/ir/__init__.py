"""The intermediate representation: a typed graph that knows neither text nor engine."""
