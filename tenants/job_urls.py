from django.urls import path

from tenants import job_views as views

urlpatterns = [
    path("", views.job_list, name="job-list"),
    path("<int:job_id>/", views.job_detail, name="job-detail"),
    path("<int:job_id>/progress/", views.job_progress, name="job-progress"),
    path("<int:job_id>/cancel/", views.job_cancel, name="job-cancel"),
    path("<int:job_id>/run-now/", views.job_run_now, name="job-run-now"),
]
