"""Puts the course's notebooks into the wheel, where `attncourse start` finds them."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

COURSE = ("notebooks", "exercises", "solutions", ".jupyter", "README.md", "LICENSE")


class WithCourse(build_py):
    """Builds the package with the course beside its modules, in `attncourse/course`."""

    def run(self):
        super().run()
        if not self.editable_mode:
            for name in COURSE:
                self._carry(Path(name), Path(self.build_lib, "attncourse", "course", name))

    def _carry(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            unwanted = shutil.ignore_patterns(".*_checkpoints", "*.before-*")
            shutil.copytree(source, target, ignore=unwanted, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)


setup(cmdclass={"build_py": WithCourse})
