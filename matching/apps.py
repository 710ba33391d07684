from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "matching"

    def ready(self) -> None:
        from matching import chores, privacy, receivers
        from matching.bench import preview, ranking, recall
        from ops.benching import bench

        receivers.connect()
        chores.register()
        privacy.register()
        bench("preview", preview.run)
        bench("ranking", ranking.run)
        bench("recall", recall.run)
