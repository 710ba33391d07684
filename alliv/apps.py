from django.contrib.admin.apps import AdminConfig


class AllivAdminConfig(AdminConfig):
    default_site = "alliv.admin.AllivAdminSite"

    def ready(self) -> None:
        super().ready()
        from django.apps import apps
        from django.db.models.signals import post_migrate

        from alliv import roles
        from alliv.bench import admin, http, pages, reads
        from ops.benching import bench

        bench("admin", admin.run)
        bench("http", http.run)
        bench("pages", pages.run)
        bench("reads", reads.run)
        # The last of our apps: when it has its permissions, all have theirs.
        post_migrate.connect(roles.provide, sender=apps.get_app_config("chat"), dispatch_uid="roles")
