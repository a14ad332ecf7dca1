"""moto's server on a free loopback port, stricter than moto where it would hide a wrong program.

usage: server.py HOME_REGION    prints its URL on a separate line, and exits when its stdin closes
"""

import json
import os
import sys
import threading
import warnings

INSTALL = "Install it with: python3 -m pip install 'moto[server]>=5'"

try:
    import moto
except ImportError:
    sys.exit(f"moto is missing. {INSTALL}")
if int(moto.__version__.split(".")[0]) < 5:
    sys.exit(f"moto {moto.__version__} is too old. {INSTALL}")
try:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.core.exceptions import JsonRESTError
    from moto.iam.models import iam_backends
    from moto.identitystore.models import identitystore_backends
    from moto.identitystore.responses import IdentityStoreResponse
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from moto.organizations.models import organizations_backends
    from moto.organizations.responses import OrganizationsResponse
    from moto.organizations.utils import PAGINATION_MODEL
    from moto.ssoadmin.models import PermissionSet, ssoadmin_backends
    from moto.ssoadmin.responses import SSOAdminResponse
    from moto.sts.exceptions import STSClientError
    from moto.sts.responses import TokenResponse
    from werkzeug.serving import WSGIRequestHandler, make_server
except ImportError as error:
    sys.exit(f"moto's server is incomplete: {error}. {INSTALL}")

HOME_REGION = sys.argv[1]


def permission_set_arn(instance_arn):
    """AWS: arn:aws:sso:::permissionSet/ssoins-…/ps-…; moto appends it to the instance's ARN."""
    unique = moto.ssoadmin.models.random.get_random_string(length=16).lower()
    return f"{instance_arn.replace(':instance/', ':permissionSet/')}/ps-{unique}"


def list_instances(self):
    """AWS: the organization has one instance, in one region; moto has one per account and region."""
    at_home = self.region == HOME_REGION
    instances = ssoadmin_backends[DEFAULT_ACCOUNT_ID][HOME_REGION].list_instances() if at_home else []
    return json.dumps({"Instances": [instance.to_json() for instance in instances]})


def assume_role(self, answer=TokenResponse.assume_role):
    """AWS: the role must exist in an open account and trust the caller; moto never checks."""
    role_arn = self._get_param("RoleArn")
    account_id = role_arn.split(":")[4]
    accounts = organizations_backends[DEFAULT_ACCOUNT_ID]["aws"].accounts
    is_open = any(account.id == account_id and account.state == "ACTIVE" for account in accounts)
    roles = iam_backends[account_id]["aws"].roles.values() if is_open else []
    trust = next((role.assume_role_policy_document for role in roles if role.arn == role_arn), "")
    if f"arn:aws:iam::{self.current_account}:root" not in trust:
        user = f"arn:aws:iam::{self.current_account}:user/caller"
        raise STSClientError(
            "AccessDenied", f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        )
    return answer(self)


def provisioned():
    """AWS: (permission set, account) pairs with an assignment or a leftover role; moto ignores the account."""
    backend = ssoadmin_backends[DEFAULT_ACCOUNT_ID][HOME_REGION]
    pairs = {(one.permission_set_arn, one.target_id) for one in backend.account_assignments}
    for account in organizations_backends[DEFAULT_ACCOUNT_ID]["aws"].accounts:
        names = {role.name.rpartition("_")[0] for role in iam_backends[account.id]["aws"].roles.values()}
        sets = [one for one in backend.permission_sets if f"AWSReservedSSO_{one.name}" in names]
        pairs |= {(one.permission_set_arn, account.id) for one in sets}
    return sorted(pairs)


def sets_of_account(self):
    account_id = self._get_param("AccountId")
    return json.dumps({"PermissionSets": [arn for arn, account in provisioned() if account == account_id]})


def accounts_of_set(self):
    set_arn = self._get_param("PermissionSetArn")
    return json.dumps({"AccountIds": [account for arn, account in provisioned() if arn == set_arn]})


def assignments_of_principal(self):
    """AWS: includes the assignments of a user's groups, and nothing for a deleted principal; moto ignores groups here."""
    principal_id, only = self._get_param("PrincipalId"), self._get_param("Filter", {}).get("AccountId")
    stores = identitystore_backends[DEFAULT_ACCOUNT_ID][HOME_REGION].identity_stores.values()
    living = {one for store in stores for one in [*store.users, *store.groups]}
    memberships = [one for store in stores for one in store.group_memberships.values()]
    groups = {one["GroupId"] for one in memberships if one["MemberId"]["UserId"] == principal_id}
    wanted = ({principal_id} | groups) & living if principal_id in living else set()
    found = [
        {
            "AccountId": one.target_id,
            "PermissionSetArn": one.permission_set_arn,
            "PrincipalId": one.principal_id,
            "PrincipalType": one.principal_type,
        }
        for one in ssoadmin_backends[DEFAULT_ACCOUNT_ID][HOME_REGION].account_assignments
        if one.principal_id in wanted and only in (None, one.target_id)
    ]
    size, start = self._get_param("MaxResults") or 100, int(self._get_param("NextToken") or 0)
    token = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return json.dumps({"AccountAssignments": found[start : start + size], **token})


def management_only(response, allowed=()):
    """AWS: a member account has no access to Organizations or Identity Center; moto gives it its own."""
    answer = response.call_action

    def call_action(self):
        if self.current_account != DEFAULT_ACCOUNT_ID and self._get_action() not in allowed:
            error = JsonRESTError("AccessDeniedException", "You don't have permissions to access this resource.")
            return 400, {"Content-Type": "application/x-amz-json-1.1"}, error.get_body()
        return answer(self)

    response.call_action = call_action


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open, as AWS does

    def log_request(self, *_):
        pass


def end_with_stdin():
    """Leaves nothing behind even if the tests are killed."""
    sys.stdin.read()
    os._exit(0)


# moto's STS model lacks AccessDenied, but responds with it.
warnings.filterwarnings("ignore", message=r"Exception\(STSClientError\)")
PAGINATION_MODEL["list_accounts"]["limit_default"] = 20  # AWS: a page of 20, the largest there is; moto: 100
PermissionSet.generate_id = staticmethod(permission_set_arn)
SSOAdminResponse.list_instances = list_instances
TokenResponse.assume_role = assume_role
SSOAdminResponse.list_permission_sets_provisioned_to_account = sets_of_account
SSOAdminResponse.list_accounts_for_provisioned_permission_set = accounts_of_set
SSOAdminResponse.list_account_assignments_for_principal = assignments_of_principal
management_only(IdentityStoreResponse)
management_only(OrganizationsResponse)
management_only(SSOAdminResponse, allowed=("ListInstances",))

threading.Thread(target=end_with_stdin, daemon=True).start()
server = make_server(
    "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Quiet
)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
