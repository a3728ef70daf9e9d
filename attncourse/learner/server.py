"""The map's half in JupyterLab's server: it reads the notebooks, gives hints, and resets.

Every request needs the server's own authentication and token, as all of Jupyter's do.
"""

import json
from pathlib import Path

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from attncourse.curriculum import find_lesson
from attncourse.learner import panel
from attncourse.learner.places import course_root
from attncourse.learner.reset import reset
from attncourse.learner.unsaved import remember


class CourseHandler(APIHandler):
    """Answers a question about the course with data."""

    @property
    def root(self) -> Path:
        return course_root(Path(self.settings["server_root_dir"]).expanduser())

    @authenticated
    def get(self, what: str) -> None:
        if what != "course":
            self.set_status(404)
        self.finish(panel.course(self.root) if what == "course" else {"message": f"no {what}"})

    @authenticated
    def post(self, what: str) -> None:
        try:
            self.finish(ACTIONS[what](self.root, self.get_json_body() or {}))
        except (KeyError, ValueError) as error:
            self.set_status(400)
            self.finish(json.dumps({"message": str(error)}))


def _hint(root, asked):
    return {"hints": panel.hints(root, asked["exercise"])}


def _reset(root, asked):
    return {"lines": list(reset(root, find_lesson(asked["lesson"])))}


def _unsaved(root, asked):
    remember(root, [str(path) for path in asked["paths"]])
    return {}


ACTIONS = {"hint": _hint, "reset": _reset, "unsaved": _unsaved}


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter finds this."""
    return [{"module": "attncourse.learner.server"}]


def _load_jupyter_server_extension(server) -> None:
    """Called once by Jupyter when its server starts."""
    web = server.web_app
    pattern = url_path_join(web.settings["base_url"], "attncourse", "(course|hint|reset|unsaved)")
    web.add_handlers(".*$", [(pattern, CourseHandler)])
