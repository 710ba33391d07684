from django.contrib.admin.apps import AdminConfig


class AllivAdminConfig(AdminConfig):
    default_site = "alliv.admin.AllivAdminSite"

    def ready(self) -> None:
        super().ready()
        from alliv.bench import http
        from ops.benching import bench

        bench("http", http.run)
