from django.urls import path

from tenants import machine_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("account/", views.account, name="account"),
    path("account/password/", views.PasswordChange.as_view(), name="password-change"),
    path("theme/", views.theme, name="theme"),
    path("organizations/<int:organization_id>/", views.organization, name="organization"),
    path("tenants/<int:tenant_id>/", views.overview, name="tenant-overview"),
    path("tenants/<int:tenant_id>/machines/", machine_views.machine_list, name="tenant-machines"),
    path("tenants/<int:tenant_id>/refresh/", views.refresh, name="tenant-refresh"),
    path("tenants/<int:tenant_id>/custom-id/", views.custom_id, name="tenant-custom-id"),
]
