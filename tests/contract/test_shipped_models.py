"""The models that come with the project: whole, safe, small, known to the taxonomy."""

from data.artifacts import shipped_models, shipped_versions
from data.encoders import shipped_encoder
from data.packs import load_pack
from models.artifact.folder import SAFE_SUFFIXES, verify_folder
from models.encoder.folder import verify_encoder_folder

MAX_BYTES = 25_000_000


FOLDERS = [folder for versions in shipped_versions().values() for folder in versions.values()]


def test_every_shipped_model_is_whole_and_has_a_card():
    assert {"sentiment", "category.automotive", "category.public-service"} <= set(shipped_models())
    for folder in FOLDERS:
        assert "card.md" in verify_folder(folder).files


def test_the_shipped_encoder_is_whole_and_what_models_name():
    manifest = verify_encoder_folder(shipped_encoder())
    named = {
        part.split('"')[0]
        for folder in FOLDERS
        for part in (folder / "manifest.json").read_text(encoding="utf-8").split('"encoder": "')[1:]
    }
    assert named <= {manifest.name}


def test_all_together_are_small_and_in_safe_formats():
    files = [path for folder in (*FOLDERS, shipped_encoder()) for path in folder.iterdir()]
    assert sum(path.stat().st_size for path in files) <= MAX_BYTES
    assert all(path.name.endswith(SAFE_SUFFIXES) for path in files)


def test_every_class_of_a_category_model_is_a_node_of_its_sector():
    for task, folder in shipped_models().items():
        manifest = verify_folder(folder)
        if task.startswith("category."):
            taxonomy = load_pack(task.partition(".")[2]).taxonomy
            mapping = manifest.notes["categories_of_classes"]
            assert set(mapping) == set(manifest.classes)
            assert all(node in taxonomy for node in mapping.values())
